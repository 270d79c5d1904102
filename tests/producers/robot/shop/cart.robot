*** Settings ***
Documentation     The cart.
Library           Shop.py
Metadata          Region    eu-west

*** Test Cases ***
Tea Has A Price
    ${cents}=    Price Of    tea
    Should Be Equal As Integers    ${cents}    450

Mug Is Too Dear
    [Tags]    prices
    ${cents}=    Price Of    mug
    Should Be Equal As Integers    ${cents}    1201    two <signs> & more

Unknown Item
    Price Of    fish

Größe ☕ 日本
    Should Be Equal    ä    ä

Prints Colours
    Print Colours

Fails In Colour
    Fail In Colour

Not Yet
    [Tags]    robot:skip
    Price Of    tea

Skips Inside
    Skip    no printer here

Setup Breaks
    [Setup]    Fail    warehouse: connection refused
    Price Of    tea

Teardown Breaks
    Price Of    tea
    [Teardown]    Fail    connection left open

Both Break
    Price Of    fish
    [Teardown]    Fail    connection left open

Answers The Second Time
    Wait Until Keyword Succeeds    3x    0s    Answers Second Time    gateway

Many Prices
    [Template]    Price Should Be
    tea    450
    mug    1201
    mug    1202

*** Keywords ***
Price Should Be
    [Arguments]    ${name}    ${cents}
    ${found}=    Price Of    ${name}
    Should Be Equal As Integers    ${found}    ${cents}
