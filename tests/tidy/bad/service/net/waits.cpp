void waits() {
  co_await run([this] { return 1; });  // bad: lambdas_on_await
  co_await run(first,  // bad: lambdas_on_await
               [&x](int y) { return x + y; });
  auto job = [this] { return 1; };
  co_await run(job, table[1](2), counts[i]);
  co_await run([] { return 1; });
}

awaitable<void> loops(session& s) {
  while (co_await s.receive()) {}  // bad: awaits_in_loop_conditions
  for (;;) {
    const bool more = co_await s.receive();
    if (!more) break;
  }
}
