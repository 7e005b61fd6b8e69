// SPDX-License-Identifier: MIT
// Between bench and bench-echo: labels of requests.
#pragma once

enum echo_request {
    ECHO_CALL = 1,  // replies with as many words as came
    ECHO_MAP = 2,   // replies with one page
    ECHO_UNMAP = 3, // takes the page back from everybody
};
