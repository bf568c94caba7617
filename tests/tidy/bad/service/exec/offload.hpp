#include "compute/hash.hpp"  // bad: layering
#include "exec/pool.hpp"
#include <boost/asio/async_result.hpp>
