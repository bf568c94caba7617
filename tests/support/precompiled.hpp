// Compiled once per test suite.
#pragma once
#include "tests/support/catch.hpp"

#include <boost/asio.hpp>
#include <boost/system/result.hpp>
