// Never compiled: breaks the rules on purpose, and comes close to breaking them where unmarked.
#include "compute/own.hpp"
#include "core/error.hpp"
#include "net/session.hpp"  // bad: layering
#include <boost/asio/post.hpp>  // bad: layering
#include <boost/system/result.hpp>
#include <spdlog/spdlog.h>  // bad: layering
#  include <sys/socket.h>  // bad: layering
#include <vector>
