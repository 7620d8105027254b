package seal

import "golang.org/x/mod/sumdb/tlog"

// tree is the right edge of a Merkle tree (RFC 6962, clause 2.1): its complete
// subtrees, largest first. It is all that a new leaf or the root needs.
type tree struct {
	size int64
	edge []tlog.Hash
}

// add puts a leaf at the end. see is shown each node that this completes, the leaf
// itself first, in the order of their stored numbers (tlog.StoredHashIndex), and
// returns the hash with which to go on.
func (t *tree) add(h tlog.Hash, see func(level int, h tlog.Hash) tlog.Hash) {
	h = see(0, h)
	for level, n := 1, t.size; n&1 == 1; level, n = level+1, n>>1 {
		last := len(t.edge) - 1
		h = see(level, tlog.NodeHash(t.edge[last], h))
		t.edge = t.edge[:last]
	}
	t.edge = append(t.edge, h)
	t.size++
}

// root is the hash of a tree with at least one leaf.
func (t *tree) root() tlog.Hash {
	last := len(t.edge) - 1
	h := t.edge[last]
	for last--; last >= 0; last-- {
		h = tlog.NodeHash(t.edge[last], h)
	}
	return h
}

// edges are the stored numbers of the complete subtrees of a tree of a size.
func edges(size int64) (ids []int64) {
	from := int64(0)
	for level := 62; level >= 0; level-- {
		if size>>level&1 == 1 {
			ids = append(ids, tlog.StoredHashIndex(level, from>>level))
			from += 1 << level
		}
	}
	return ids
}
