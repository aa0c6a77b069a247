/* hub_heap: a binary heap of (key, item), smallest key first, equal keys by item. Grows by itself.
 * Owner: the caller; a zeroed one is empty, free(heap.entry) when done. One thread. -1: memory. */
#ifndef SIM_HUB_HEAP_H
#define SIM_HUB_HEAP_H

#include <stdint.h>
#include <stdlib.h>

struct hub_heap_entry {
    int64_t key;
    uint32_t item;
};

struct hub_heap {
    struct hub_heap_entry *entry;
    size_t n, cap;
};

static inline int hub_heap_before(struct hub_heap_entry a, struct hub_heap_entry b)
{
    return a.key != b.key ? a.key < b.key : a.item < b.item;
}

static inline int hub_heap_push(struct hub_heap *heap, int64_t key, uint32_t item)
{
    if (heap->n == heap->cap) {
        size_t cap = heap->cap ? heap->cap * 2 : 1024;
        struct hub_heap_entry *entry = realloc(heap->entry, cap * sizeof(*entry));
        if (!entry)
            return -1;
        heap->entry = entry;
        heap->cap = cap;
    }
    struct hub_heap_entry e = {key, item};
    size_t i = heap->n++;
    for (; i > 0 && hub_heap_before(e, heap->entry[(i - 1) / 2]); i = (i - 1) / 2)
        heap->entry[i] = heap->entry[(i - 1) / 2];
    heap->entry[i] = e;
    return 0;
}

/* Requires: not empty. */
static inline struct hub_heap_entry hub_heap_pop(struct hub_heap *heap)
{
    struct hub_heap_entry top = heap->entry[0], last = heap->entry[--heap->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < heap->n; i = child) {
        if (child + 1 < heap->n && hub_heap_before(heap->entry[child + 1], heap->entry[child]))
            child++;
        if (!hub_heap_before(heap->entry[child], last))
            break;
        heap->entry[i] = heap->entry[child];
    }
    if (heap->n)
        heap->entry[i] = last;
    return top;
}

#endif
