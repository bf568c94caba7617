#include "loadtest/generator/ledger.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tailrace::load {
namespace {

std::string text_of(const std::string& kind, const outcome& o) {
  std::string text = kind;
  text.append(kind.empty() ? "" : ": ");
  text.append(o.how == ending::content ? o.fault : name_of(o.how));
  if (o.how == ending::status) text.append(" ").append(std::to_string(o.status));
  return text;
}

failure_sort sort_of(const outcome& o) {
  const std::size_t detail = o.how == ending::status    ? o.status
                             : o.how == ending::content ? o.check
                                                        : 0;
  return {o.ticket.kind, o.how, detail};
}

std::vector<failure>::iterator find(std::vector<failure>& failures, const failure_sort& sort) {
  return std::find_if(failures.begin(), failures.end(),
                      [&sort](const failure& known) { return known.sort == sort; });
}

}  // namespace

bool scheduled_second::all_ended() const noexcept {
  return std::all_of(kinds.begin(), kinds.end(),
                     [](const tally& t) { return t.offered == t.ended(); });
}

ledger::ledger(const plan& p, time_point start)
    : plan_(p), start_(start), cells_(p.phases.size() * p.kinds.size()), last_finished_(start) {}

unsigned ledger::second_of(time_point t) const noexcept {
  return static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(t - start_).count());
}

recorder& ledger::cell_of(const ticket& t) {
  return cells_[t.phase * plan_.kinds.size() + t.kind];
}

tally& ledger::second_for(const ticket& t) {
  // Nearly always it is the newest one: no division for that.
  if (!open_.empty() && t.scheduled >= newest_ && t.scheduled < newest_ + std::chrono::seconds(1)) {
    return open_.back().kinds[t.kind];
  }
  const unsigned second = second_of(t.scheduled);
  open_until(second);
  return open_[second - open_.front().second].kinds[t.kind];
}

void ledger::open_until(unsigned second) {
  const std::size_t kinds = plan_.kinds.size();
  if (open_.empty()) open_.push_back({second, std::vector<tally>(kinds)});
  while (open_.back().second < second) {
    open_.push_back({open_.back().second + 1, std::vector<tally>(kinds)});
  }
  newest_ = start_ + std::chrono::seconds(open_.back().second);
}

void ledger::offered(const ticket& t) {
  if (!plan_.phases[t.phase].recorded) return;
  cell_of(t).offer();
  ++second_for(t).offered;
}

void ledger::ended(const outcome& o) {
  const auto latency = o.finished - o.ticket.scheduled;
  live_.count(o.how);
  live_.latency.add(latency);
  last_finished_ = std::max(last_finished_, o.finished);
  if (!plan_.phases[o.ticket.phase].recorded) return;
  cell_of(o.ticket).add(o);
  tally& second = second_for(o.ticket);
  second.count(o.how);
  if (o.how == ending::ok) second.latency.add(latency);
  if (!o.queued && o.how != ending::unsent) lateness_.add(o.begun - o.ticket.scheduled);
  if (o.how != ending::ok && o.how != ending::refused) note_failure(o);
}

// Outcomes come in the order of time, so the first of a sort is the one to keep. A server that
// fails may do so at the full rate: no text is made but for a new sort.
void ledger::note_failure(const outcome& o) {
  if (failures_.size() == failures_max) return;
  const failure_sort sort = sort_of(o);
  if (find(failures_, sort) != failures_.end()) return;
  failures_.push_back({o.finished - start_, sort, text_of(plan_.kinds[o.ticket.kind].name, o)});
}

tally ledger::take_live() {
  return std::exchange(live_, {});
}

unsigned ledger::closable(std::optional<time_point> next_due, time_point now) const noexcept {
  if (!next_due) return std::numeric_limits<unsigned>::max();
  return second_of(plan_.closed ? now : *next_due);
}

std::vector<scheduled_second> ledger::take_closed(unsigned limit) {
  std::vector<scheduled_second> closed;
  while (!open_.empty() && open_.front().second < limit && open_.front().all_ended()) {
    closed.push_back(std::move(open_.front()));
    open_.pop_front();
  }
  return closed;
}

unsigned ledger::closed_below(unsigned limit) const noexcept {
  return open_.empty() ? limit : std::min(limit, open_.front().second);
}

void merge_failures(std::vector<failure>& into, const std::vector<failure>& more) {
  for (const failure& f : more) {
    const auto same = find(into, f.sort);
    if (same == into.end()) {
      into.push_back(f);
    } else if (f.at < same->at) {
      *same = f;
    }
  }
  std::sort(into.begin(), into.end(),
            [](const failure& a, const failure& b) { return a.at < b.at; });
  if (into.size() > ledger::failures_max) into.resize(ledger::failures_max);
}

}  // namespace tailrace::load
