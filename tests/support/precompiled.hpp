// Compiled once per test suite.
#pragma once
#include <boost/asio.hpp>
#include <boost/system/result.hpp>

#include "tests/support/catch.hpp"
