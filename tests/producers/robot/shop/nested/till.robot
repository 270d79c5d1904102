*** Settings ***
Suite Setup       Fail    till: no power

*** Test Cases ***
Opens
    No Operation

Closes
    No Operation
