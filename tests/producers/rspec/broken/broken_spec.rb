# frozen_string_literal: true

require 'till_that_does_not_exist'

RSpec.describe 'broken' do
  it('opens') { expect(1).to eq(1) }
end
