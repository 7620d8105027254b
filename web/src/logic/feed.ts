// The live feed numbers what it sends: each event and heartbeat carries the
// journal position it tells of and the position sent before it on this
// connection.

export interface Mark {
  pos: number
  prev: number
}

export type Heard = 'next' | 'gap' | 'same'

/** Tells whether the page missed something. */
export class Gaps {
  last: number | undefined

  /**
   * Takes one mark. "same": a heartbeat, nothing new. "gap": what lies between was
   * never seen here, read again; so too at the first mark, since what the page shows
   * was read before the feed began, and when positions fall back, since then it is
   * another store.
   */
  take(m: Mark): Heard {
    const last = this.last
    this.last = m.pos
    if (m.pos === last) return 'same'
    return m.prev === last ? 'next' : 'gap'
  }
}
