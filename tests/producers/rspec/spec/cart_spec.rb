# frozen_string_literal: true

PRICES = { 'tea' => 450, 'mug' => 1200 }.freeze

RSpec.describe 'cart' do
  it 'is empty at first' do
    expect([].size).to eq(0)
  end

  it 'adds up' do
    expect(2 * PRICES['tea']).to eq(901), 'two teas & a <cent>'
  end

  it 'takes an order apart' do
    expect({ id: 7, lines: ['tea'] }).to eq({ id: 7, lines: ['mug'] })
  end

  describe 'vouchers <&>' do
    it 'Größe ☕ 日本' do
      expect('ä').to eq('ä')
    end

    it 'breaks' do
      nil.code
    end

    it 'rejects' do
      raise IOError, "gateway: \e[31mrefused\e[0m bell\a nul\0 ]]>"
    end
  end

  PRICES.each_key do |name|
    it "price of #{name}" do
      puts "\e[31mred\e[0m bell\a"
      warn 'on stderr'
      expect(PRICES[name]).to be < 1000
    end
  end

  2.times do
    it { expect(1).to eq(1) }
  end

  it 'has two failures', :aggregate_failures do
    expect(1).to eq(2)
    expect('a').to eq('b')
  end

  xit 'pays' do
    raise
  end

  it 'refunds'

  it 'skips inside' do
    skip 'no printer'
  end

  it 'is a known bug' do
    pending 'bug 12'
    expect(1).to eq(2)
  end

  it 'is a fixed bug' do
    pending 'bug 13'
    expect(1).to eq(1)
  end
end

RSpec.describe 'warehouse' do
  before(:context) { raise 'warehouse: connection refused' }

  it 'counts' do
    expect(1).to eq(1)
  end

  it 'recounts' do
    expect(1).to eq(1)
  end
end

RSpec.describe 'till' do
  after { raise 'till: left open' }

  it 'opens' do
    expect(1).to eq(2)
  end
end
