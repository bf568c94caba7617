// The concrete Asio types of an I/O thread. Concrete executors, not any_io_executor: the
// difference is about a third of the cost of a small request (design figures, edge prototype).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace tailrace::io {

namespace asio = boost::asio;
using context = asio::io_context;
using executor = context::executor_type;
using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
// Clients come over TCP or a Unix socket; which of them is known when the listener is bound.
using stream_protocol = asio::generic::stream_protocol;
using stream_socket = asio::basic_stream_socket<stream_protocol, executor>;
using stream_acceptor = asio::basic_socket_acceptor<stream_protocol, executor>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, executor>;

template <class T>
using awaitable = asio::awaitable<T, executor>;
inline constexpr asio::use_awaitable_t<executor> use_awaitable{};

}  // namespace tailrace::io
