# frozen_string_literal: true

require 'minitest/autorun'
require 'minitest/reporters'

Minitest::Reporters.use! [
  Minitest::Reporters::DefaultReporter.new,
  Minitest::Reporters::JUnitReporter.new('reports', true)
]

class CartTest < Minitest::Test
  PRICES = { 'tea' => 450, 'mug' => 1200 }.freeze

  def test_is_empty_at_first
    assert_equal 0, 0
  end

  def test_adds_up
    assert_equal 901, 900, 'two teas & a <cent>'
  end

  def test_breaks
    nil.code
  end

  def test_rejects
    raise IOError, "gateway: \e[31mrefused\e[0m bell\a ]]>"
  end

  PRICES.each do |name, cents|
    define_method("test_price_of_#{name}") do
      assert_operator cents, :<, 1000
    end
  end

  define_method('test_größe ☕ <&>') { assert true }

  def test_prints
    puts "\e[31mred\e[0m bell\a"
  end

  def test_pays
    skip 'no provider in <tests>'
  end
end

class TillTest < Minitest::Test
  def setup
    raise 'till: no power'
  end

  def test_opens
    assert true
  end
end

describe 'warehouse' do
  it 'counts' do
    _(1).must_equal 1
  end

  describe 'at night' do
    it 'recounts' do
      _(1).must_equal 2
    end
  end
end
