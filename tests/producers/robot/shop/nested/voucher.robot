*** Settings ***
Suite Teardown    Fail    voucher printer: left on

*** Test Cases ***
Prints
    No Operation
