// Included by formulas.cc.

// Queries whose scores are held at a time.
constexpr int64_t kQueries = 32;

// A head's rows, `apart` numbers from one to the next, times a factor, each followed by zeros up to the padded width.
void pack(const float* from, int64_t apart, float factor, float* to, int64_t rows, int64_t width) {
  const int64_t wide = padded(width);
  for (int64_t row = 0; row < rows; ++row, from += apart, to += wide) {
    for (int64_t i = 0; i < width; ++i) to[i] = factor * from[i];
    for (int64_t i = width; i < wide; ++i) to[i] = 0;
  }
}

// Rows that are turned at a time.
constexpr int64_t kTurned = 16;

// The same turned: rows become columns, which are padded. Few rows at a time, so that their lines stay in the cache while it is read down.
void packTurned(const float* from, int64_t apart, float* to, int64_t rows, int64_t width) {
  const int64_t wide = padded(rows);
  for (int64_t first = 0; first < wide; first += kTurned, from += kTurned * apart, to += kTurned) {
    const int64_t count = smaller(kTurned, rows - first);
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t row = 0; row < count; ++row) to[i * wide + row] = from[row * apart + i];
      for (int64_t row = count < 0 ? 0 : count; row < kTurned; ++row) to[i * wide + row] = 0;
    }
  }
}

// The inverse of pack.
void unpack(const float* from, float factor, float* to, int64_t apart, int64_t rows, int64_t width) {
  const int64_t wide = padded(width);
  for (int64_t row = 0; row < rows; ++row, from += wide, to += apart) {
    for (int64_t i = 0; i < width; ++i) to[i] = factor * from[i];
  }
}

// Keys from one on, up to another.
struct Span {
  int64_t from, until;
};

// The keys that one query sees: at most so many spans, in their order, that do not overlap.
struct Seen {
  const int32_t* spans;  // [parts, 2] of an example; null in causal attention, and where all keys are seen
  Span own[2];
  int64_t count;
  Span operator[](int64_t i) const { return spans ? Span{spans[2 * i], spans[2 * i + 1]} : own[i]; }
};

Seen seenBy(const Attention& all, int64_t example, int64_t query) {
  if (all.spans) return {all.spans + 2 * all.parts * example, {}, all.parts};
  if (!all.isCausal) return {nullptr, {{0, all.keys}}, 1};
  // Keys before the earlier tokens are seen by all.
  const int64_t before = all.keys - all.rows - all.earlier;
  const int64_t last = all.earlier + query;
  const int64_t first = last < all.window ? 0 : last - all.window + 1;
  return {nullptr, {{0, before}, {before + first, before + last + 1}}, 2};
}

// The softmax of the scores that are seen; the others' probability is 0, and that of all where nothing is seen.
void softmaxOfSeen(float* scores, int64_t columns, const Seen& seen) {
  float most = -3e38f, sum = 0;
  for (int64_t part = 0; part < seen.count; ++part) {
    for (int64_t i = seen[part].from; i < seen[part].until; ++i) most = std::fmax(most, scores[i]);
  }
  int64_t done = 0;
  for (int64_t part = 0; part < seen.count; ++part) {
    const Span span = seen[part];
    for (int64_t i = done; i < span.from; ++i) scores[i] = 0;
    for (int64_t i = span.from; i < span.until; ++i) {
      scores[i] = std::exp(scores[i] - most);
      sum += scores[i];
    }
    done = span.until > done ? span.until : done;
  }
  for (int64_t i = done; i < columns; ++i) scores[i] = 0;
  const float share = sum > 0 ? 1.0f / sum : 0.0f;
  for (int64_t i = 0; i < done; ++i) scores[i] *= share;
}

// Arrays that a unit of work holds besides operands and results.
struct Workspace {
  float *keysTurned, *valuesTurned, *keys, *values, *dKeys, *dValues;
  float *queries, *dys, *result;
  float *scores, *dScores, *bent;
};

// Puts its arrays one after another, and says how many numbers they are in all.
int64_t layOut(const Attention& all, float* from, Workspace& w) {
  int64_t size = 0;
  const auto take = [&](float*& array, int64_t count) {
    array = from + size;
    size += count;
  };
  const int64_t wide = padded(all.width), keys = padded(all.keys);
  const bool isGradient = all.dy != nullptr;
  take(w.keysTurned, all.width * keys);
  take(w.values, isGradient ? 0 : keys * wide);
  take(w.valuesTurned, isGradient ? all.width * keys : 0);
  take(w.keys, isGradient ? keys * wide : 0);
  take(w.dKeys, isGradient ? keys * wide : 0);
  take(w.dValues, isGradient ? keys * wide : 0);
  take(w.queries, kQueries * wide);
  take(w.dys, isGradient ? kQueries * wide : 0);
  take(w.result, kQueries * wide);
  take(w.scores, kQueries * keys);
  take(w.dScores, isGradient ? kQueries * keys : 0);
  take(w.bent, all.softCap > 0 ? kQueries * keys : 0);
  return size;
}

int64_t attentionWorkspace(const Attention& all) {
  Workspace unused;
  return layOut(all, nullptr, unused);
}

// Queries of one head that are taken together, and the padded columns of keys that any of them sees.
struct Block {
  int64_t example, head, first, count;
  Span columns;
};

Span columnsOf(const Attention& all, int64_t example, int64_t first, int64_t count) {
  if (!all.isCausal) return {0, padded(all.keys)};
  const Seen earliest = seenBy(all, example, first), latest = seenBy(all, example, first + count - 1);
  const int64_t from = earliest[0].until > 0 ? 0 : earliest[1].from / 32 * 32;
  return {from, padded(latest[1].until)};
}

// Probabilities of a block's keys for its queries, which are packed; with a soft cap the bent scores too.
void probabilities(const Attention& all, const Block& block, const Workspace& w) {
  const int64_t stride = padded(all.keys), wide = padded(all.width);
  const auto [from, until] = block.columns;
  multiply({w.queries, wide, 1}, w.keysTurned + from, stride, w.scores + from, stride, block.count, until - from, all.width, false);
  for (int64_t row = 0; row < block.count; ++row) {
    float* scores = w.scores + row * stride;
    if (all.softCap > 0) {
      float* bent = w.bent + row * stride;
      for (int64_t i = from; i < until; ++i) {
        bent[i] = std::tanh(scores[i] / all.softCap);
        scores[i] = all.softCap * bent[i];
      }
    }
    softmaxOfSeen(scores, until, seenBy(all, block.example, block.first + row));
  }
}

// Where the first number of a head lies, of all its rows.
inline int64_t headAt(int64_t row, int64_t heads, int64_t head, int64_t width) { return (row * heads + head) * width; }

// Calls `work` for each block of queries of the heads that share a key's head.
template <typename Work>
void forBlocks(const Attention& all, int64_t example, int64_t keyHead, const Work& work) {
  const int64_t group = all.heads / all.keyHeads;
  for (int64_t head = keyHead * group; head < (keyHead + 1) * group; ++head) {
    for (int64_t first = 0; first < all.rows; first += kQueries) {
      const int64_t count = first + kQueries < all.rows ? kQueries : all.rows - first;
      work(Block{example, head, first, count, columnsOf(all, example, first, count)},
           headAt(example * all.rows + first, all.heads, head, all.width));
    }
  }
}

// A head of keys of an example: how far its rows are apart, in the operands and packed, and where its keys begin.
struct Unit {
  int64_t example, keyHead, apart, keysApart, stride, wide, ownKeys;
  Workspace workspace;
};

// Packs the keys, which both passes read.
Unit begin(const Attention& all, int64_t unit, float* memory) {
  const int64_t example = unit / all.keyHeads, keyHead = unit % all.keyHeads;
  Unit of{example,
          keyHead,
          all.heads * all.width,
          all.keyHeads * all.width,
          padded(all.keys),
          padded(all.width),
          headAt(example * all.keys, all.keyHeads, keyHead, all.width),
          {}};
  layOut(all, memory, of.workspace);
  packTurned(all.key + of.ownKeys, of.keysApart, of.workspace.keysTurned, all.keys, all.width);
  return of;
}

void attention(const Attention& all, int64_t unit, float* workspace) {
  const Unit of = begin(all, unit, workspace);
  const Workspace& w = of.workspace;
  pack(all.value + of.ownKeys, of.keysApart, 1, w.values, all.keys, all.width);
  forBlocks(all, of.example, of.keyHead, [&](const Block& block, int64_t at) {
    pack(all.query + at, of.apart, all.scale, w.queries, block.count, all.width);
    probabilities(all, block, w);
    const int64_t from = block.columns.from, until = smaller(block.columns.until, all.keys);
    multiply({w.scores + from, of.stride, 1}, w.values + from * of.wide, of.wide, w.result, of.wide, block.count, of.wide, until - from, false);
    unpack(w.result, 1, all.output + at, of.apart, block.count, all.width);
  });
}

// From that of the probabilities, the gradient of the scores before they are bent.
void scoreGradients(const Attention& all, const Block& block, const Workspace& w) {
  const int64_t stride = padded(all.keys);
  const auto [from, until] = block.columns;
  for (int64_t row = 0; row < block.count; ++row) {
    const float* __restrict p = w.scores + row * stride;
    float* __restrict d = w.dScores + row * stride;
    float along = 0;
    for (int64_t i = from; i < until; ++i) along += p[i] * d[i];
    for (int64_t i = from; i < until; ++i) d[i] = p[i] * (d[i] - along);
    if (all.softCap > 0) {
      const float* __restrict bent = w.bent + row * stride;
      for (int64_t i = from; i < until; ++i) d[i] *= 1 - bent[i] * bent[i];
    }
  }
}

void attentionGradient(const Attention& all, int64_t unit, float* workspace) {
  const Unit of = begin(all, unit, workspace);
  const Workspace& w = of.workspace;
  const bool needsScores = all.dQuery || all.dKey;
  if (needsScores) packTurned(all.value + of.ownKeys, of.keysApart, w.valuesTurned, all.keys, all.width);
  if (all.dQuery) pack(all.key + of.ownKeys, of.keysApart, 1, w.keys, all.keys, all.width);
  for (int64_t i = 0; i < of.stride * of.wide; ++i) w.dKeys[i] = w.dValues[i] = 0;
  forBlocks(all, of.example, of.keyHead, [&](const Block& block, int64_t at) {
    pack(all.query + at, of.apart, all.scale, w.queries, block.count, all.width);
    pack(all.dy + at, of.apart, 1, w.dys, block.count, all.width);
    probabilities(all, block, w);
    const int64_t from = block.columns.from, columns = block.columns.until - from;
    const int64_t seen = smaller(block.columns.until, all.keys) - from;
    if (all.dValue) {
      multiply({w.scores + from, 1, of.stride}, w.dys, of.wide, w.dValues + from * of.wide, of.wide, seen, of.wide, block.count, true);
    }
    if (!needsScores) return;
    multiply({w.dys, of.wide, 1}, w.valuesTurned + from, of.stride, w.dScores + from, of.stride, block.count, columns, all.width, false);
    scoreGradients(all, block, w);
    if (all.dKey) {
      multiply({w.dScores + from, 1, of.stride}, w.queries, of.wide, w.dKeys + from * of.wide, of.wide, seen, of.wide, block.count, true);
    }
    if (all.dQuery) {
      multiply({w.dScores + from, of.stride, 1}, w.keys + from * of.wide, of.wide, w.result, of.wide, block.count, of.wide, seen, false);
      unpack(w.result, all.scale, all.dQuery + at, of.apart, block.count, all.width);
    }
  });
  if (all.dKey) unpack(w.dKeys, 1, all.dKey + of.ownKeys, of.keysApart, all.keys, all.width);
  if (all.dValue) unpack(w.dValues, 1, all.dValue + of.ownKeys, of.keysApart, all.keys, all.width);
}
