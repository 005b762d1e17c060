// Builds, reverses, merge-sorts and sums a linked list of 20,000 nodes, n times: dependent loads.
#include "kernel.h"

typedef struct Node {
  struct Node *next;
  u32 value;
} Node;

#define NODES 20000
static Node nodes[NODES];

NOINLINE static Node *reverse(Node *list) {
  Node *done = 0;
  while (list) {
    Node *next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

NOINLINE static Node *merge(Node *a, Node *b) {
  Node head, *tail = &head;
  while (a && b) {
    Node **least = a->value <= b->value ? &a : &b;
    tail = tail->next = *least;
    *least = (*least)->next;
  }
  tail->next = a ? a : b;
  return head.next;
}

static Node *sort(Node *list) {
  if (!list || !list->next) return list;
  Node *slow = list, *fast = list->next;
  while (fast && fast->next) slow = slow->next, fast = fast->next->next;
  Node *half = slow->next;
  slow->next = 0;
  return merge(sort(list), sort(half));
}

RUN i32 run(i32 n) {
  random_state = 3;
  u32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    Node *list = 0;
    for (u32 i = 0; i < NODES; i++) {
      Node *node = &nodes[i * 7919 % NODES];
      node->value = random_u32() >> 8;
      node->next = list;
      list = node;
    }
    list = sort(reverse(list));
    for (Node *node = list; node; node = node->next) sum = sum * 31 + node->value;
  }
  return (i32)sum;
}
