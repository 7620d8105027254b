import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { OutboxStore, Photo, Waiting } from './outbox'

// What the browser itself keeps: acts and photos that are not with the server yet, and
// what a person last saw. It is IndexedDB, for photos are too large for anything else.

/** What was read from the server at a moment, to be shown while there is no link. */
export interface View {
  account: string
  name: string
  at: number
  value: unknown
}

interface Schema extends DBSchema {
  acts: { key: string; value: Waiting; indexes: { account: string } }
  photos: { key: string; value: Photo; indexes: { account: string } }
  views: { key: [string, string]; value: View }
}

/** The device has no room left. */
export class Full extends Error {}

type Store = IDBPDatabase<Schema>

/** Opens the store; ended hears that the browser closed it by itself, as a telephone does with a page it has put aside. */
function open(ended: () => void): Promise<Store> {
  return openDB<Schema>('fengsui', 1, {
    upgrade(db) {
      db.createObjectStore('acts', { keyPath: 'key' }).createIndex('account', 'account')
      db.createObjectStore('photos', { keyPath: 'key' }).createIndex('account', 'account')
      db.createObjectStore('views', { keyPath: ['account', 'name'] })
    },
    terminated: ended,
  })
}

/** What a store says that was closed under the page: it says so before anything was kept. */
const closed = (e: unknown) => e instanceof DOMException && ['InvalidStateError', 'UnknownError', 'AbortError'].includes(e.name)

/**
 * The browser's store. Where it is forbidden (a private window) things are held in the
 * page alone: firm then says no, and the page tells its reader.
 */
export class Kept implements OutboxStore {
  firm = true
  private db: Promise<Store | undefined> | undefined
  /** It was there once: then what lies in it is not to be taken for nothing because it is away. */
  private there = false
  private readonly page = { acts: new Map<string, Waiting>(), photos: new Map<string, Photo>() }

  constructor(private readonly opener: (ended: () => void) => Promise<Store> = open) {}

  private get(): Promise<Store | undefined> {
    this.db ??= this.opener(() => (this.db = undefined)).then(
      (db) => {
        this.there = true
        return db
      },
      (e: unknown) => {
        if (this.there) {
          this.db = undefined
          throw e
        }
        this.firm = false
        return undefined
      },
    )
    return this.db
  }

  /** Does something in the store, once more in a new one if the old was closed; or in the page where there is none. */
  private async in<T>(store: (db: Store) => Promise<T>, page: () => T): Promise<T> {
    const db = await this.get()
    if (!db) return page()
    try {
      return await store(db)
    } catch (e) {
      if (!closed(e)) throw e
      this.db = undefined
      const anew = await this.get()
      return anew ? store(anew) : page()
    }
  }

  acts(account: string): Promise<Waiting[]> {
    return this.in((db) => db.getAllFromIndex('acts', 'account', account), () => [...this.page.acts.values()].filter((w) => w.account === account))
  }
  act(key: string): Promise<Waiting | undefined> {
    return this.in((db) => db.get('acts', key), () => this.page.acts.get(key))
  }
  async keepAct(w: Waiting): Promise<void> {
    // What a page watches is a proxy, which the store cannot copy.
    const plain = JSON.parse(JSON.stringify(w)) as Waiting
    await this.in<unknown>((db) => room(db.put('acts', plain)), () => this.page.acts.set(w.key, plain))
  }
  async dropAct(key: string): Promise<void> {
    await this.in<unknown>((db) => db.delete('acts', key), () => this.page.acts.delete(key))
  }

  photo(key: string): Promise<Photo | undefined> {
    return this.in((db) => db.get('photos', key), () => this.page.photos.get(key))
  }
  async keepPhoto(p: Photo): Promise<void> {
    await this.in<unknown>((db) => room(db.put('photos', p)), () => this.page.photos.set(p.key, p))
  }
  async dropPhoto(key: string): Promise<void> {
    await this.in<unknown>((db) => db.delete('photos', key), () => this.page.photos.delete(key))
  }

  /** Drops old photos that no act of their owner names: of a form that was never sent. */
  async tidy(account: string, before: number): Promise<void> {
    const named = new Set((await this.acts(account)).flatMap((w) => w.photos))
    await this.in(
      async (db) => {
        for (const p of await db.getAllFromIndex('photos', 'account', account)) {
          if (!named.has(p.key) && p.madeAt < before) await db.delete('photos', p.key)
        }
      },
      () => {},
    )
  }

  view(account: string, name: string): Promise<View | undefined> {
    return this.in<View | undefined>((db) => db.get('views', [account, name]), () => undefined)
  }
  /** Keeps what was read. It can be read again, so a full device is no matter here. */
  async keepView(v: View): Promise<void> {
    const plain = JSON.parse(JSON.stringify(v)) as View
    await this.in<unknown>((db) => db.put('views', plain), () => {}).catch(() => {})
  }
  /** Forgets what was seen: the person signed out, or another signed in. Acts that wait stay. */
  async forget(): Promise<void> {
    await this.in((db) => db.clear('views'), () => {})
  }
}

async function room<T>(put: Promise<T>): Promise<T> {
  try {
    return await put
  } catch (e) {
    if (e instanceof DOMException && e.name === 'QuotaExceededError') throw new Full(e.message)
    throw e
  }
}
