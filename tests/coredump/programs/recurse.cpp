// A tree that is too deep: a null pointer's members beyond the memory, at the end of a recursion of a virtual method.
inline void *operator new(__SIZE_TYPE__, void *at) { return at; }

namespace tree {

class Node {
 public:
  Node(int depth, Node *next) : depth_(depth), next_(next) {}
  virtual int sum(int so_far) {
    int mine = so_far + depth_;
    if (next_ == nullptr) return *reinterpret_cast<int *>(0xfffffff0u) + mine;
    return next_->sum(mine) + 1;
  }

 private:
  int depth_;
  Node *next_;
};

}  // namespace tree

extern "C" __attribute__((export_name("run"))) int run(int depth) {
  tree::Node leaf(100, nullptr);
  tree::Node *node = &leaf;
  alignas(8) char space[16 * sizeof(tree::Node)];
  for (int i = 1; i <= depth && i < 16; i++) {
    node = new (space + i * sizeof(tree::Node)) tree::Node(i, node);
  }
  return node->sum(1000);
}
