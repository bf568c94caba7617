// TODO: a mark that was left  bad: left_marks
// TODOS, and a word like asleep(), are none.
void test() {
  std::this_thread::sleep_for(1s);  // bad: sleeps
  usleep(5);  // bad: sleeps
  open("/home/somebody/file");  // bad: machine_paths
  open("/work/tree");  // bad: machine_paths
  open("https://host.example/home/page", "./root/x");
}
