#include "api/batch_results.hpp"

#include "api/digest_source.hpp"
#include "http/json.hpp"
#include "http/problem.hpp"

namespace tailrace::api {
namespace {

void append_counts(std::string& out, const batch_counts& c) {
  http::json_object json(out);
  json.add("total", c.total);
  json.add("ok", c.ok);
  json.add("failed", c.failed);
  json.add("cancelled", c.cancelled);
  json.close();
}

// Which item it is that a result is of.
void add_item(http::json_object& json, std::string& out, std::uint64_t index, std::string_view id) {
  json.add("index", index);
  if (id.empty()) return;
  json.key("id");
  out.append(id);
}

}  // namespace

batch_results::batch_results(batch_order order, batch_form form) : order_(order), form_(form) {
  if (form_ == batch_form::json) text_ = "{\"results\":[";
}

std::uint64_t batch_results::begin() {
  if (order_ == batch_order::input) held_.enter();
  return counts_.total++;
}

std::size_t batch_results::waiting() const noexcept {
  return order_ == batch_order::input ? held_.size() : counts_.total - counts_.done();
}

void batch_results::ok(std::uint64_t index, std::string_view id, std::uint64_t bytes,
                       const hash::digest_list& digests) {
  one_.clear();
  http::json_object json(one_);
  add_item(json, one_, index, id);
  json.key("digests");
  append_digests(one_, digests);
  json.add("bytes", bytes);
  json.close();
  place(index, one_);
  ++counts_.ok;
}

void batch_results::failed(std::uint64_t index, std::string_view id, const error& why) {
  one_.clear();
  http::json_object json(one_);
  add_item(json, one_, index, id);
  json.key("error");
  http::append_problem(one_, why, {});
  json.close();
  place(index, one_);
  ++(why.code == errc::cancelled ? counts_.cancelled : counts_.failed);
}

void batch_results::place(std::uint64_t index, std::string_view result) {
  if (order_ == batch_order::completion) return append(result);
  held_.put(index, std::string(result));
  held_bytes_ += result.size();
  while (const auto next = held_.take()) {
    held_bytes_ -= next->size();
    append(*next);
  }
}

void batch_results::append(std::string_view result) {
  if (form_ == batch_form::json && !first_) text_.push_back(',');
  first_ = false;
  text_.append(result);
  if (form_ == batch_form::lines) text_.push_back('\n');
}

void batch_results::finish() {
  text_.append(form_ == batch_form::json ? "],\"summary\":" : "{\"summary\":");
  append_counts(text_, counts_);
  text_.append("}\n");
}

void batch_results::give_up(const error& why) {
  if (form_ == batch_form::json) return;
  text_.append("{\"error\":");
  http::append_problem(text_, why, {});
  text_.append("}\n");
}

void batch_results::progress() {
  http::json_object json(text_);
  json.key("progress");
  http::json_object figures(text_);
  figures.add("done", counts_.done());
  figures.add("received", counts_.total);
  figures.close();
  json.close();
  text_.push_back('\n');
}

}  // namespace tailrace::api
