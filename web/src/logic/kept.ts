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

function open(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>('fengsui', 1, {
    upgrade(db) {
      db.createObjectStore('acts', { keyPath: 'key' }).createIndex('account', 'account')
      db.createObjectStore('photos', { keyPath: 'key' }).createIndex('account', 'account')
      db.createObjectStore('views', { keyPath: ['account', 'name'] })
    },
  })
}

/**
 * The browser's store. Where it is forbidden (a private window) things are held in the
 * page alone: firm then says no, and the page tells its reader.
 */
export class Kept implements OutboxStore {
  firm = true
  private db: Promise<IDBPDatabase<Schema> | undefined> | undefined
  private readonly page = { acts: new Map<string, Waiting>(), photos: new Map<string, Photo>() }

  constructor(private readonly opener: () => Promise<IDBPDatabase<Schema>> = open) {}

  private get(): Promise<IDBPDatabase<Schema> | undefined> {
    this.db ??= this.opener().catch(() => {
      this.firm = false
      return undefined
    })
    return this.db
  }

  async acts(account: string): Promise<Waiting[]> {
    const db = await this.get()
    return db ? db.getAllFromIndex('acts', 'account', account) : [...this.page.acts.values()].filter((w) => w.account === account)
  }
  async act(key: string): Promise<Waiting | undefined> {
    const db = await this.get()
    return db ? db.get('acts', key) : this.page.acts.get(key)
  }
  async keepAct(w: Waiting): Promise<void> {
    const db = await this.get()
    // What a page watches is a proxy, which the store cannot copy.
    const plain = JSON.parse(JSON.stringify(w)) as Waiting
    if (db) await room(db.put('acts', plain))
    else this.page.acts.set(w.key, plain)
  }
  async dropAct(key: string): Promise<void> {
    const db = await this.get()
    if (db) await db.delete('acts', key)
    else this.page.acts.delete(key)
  }

  async photo(key: string): Promise<Photo | undefined> {
    const db = await this.get()
    return db ? db.get('photos', key) : this.page.photos.get(key)
  }
  async keepPhoto(p: Photo): Promise<void> {
    const db = await this.get()
    if (db) await room(db.put('photos', p))
    else this.page.photos.set(p.key, p)
  }
  async dropPhoto(key: string): Promise<void> {
    const db = await this.get()
    if (db) await db.delete('photos', key)
    else this.page.photos.delete(key)
  }

  /** Drops old photos that no act of their owner names: of a form that was never sent. */
  async tidy(account: string, before: number): Promise<void> {
    const db = await this.get()
    if (!db) return
    const named = new Set((await this.acts(account)).flatMap((w) => w.photos))
    for (const p of await db.getAllFromIndex('photos', 'account', account)) {
      if (!named.has(p.key) && p.madeAt < before) await db.delete('photos', p.key)
    }
  }

  async view(account: string, name: string): Promise<View | undefined> {
    return (await this.get())?.get('views', [account, name])
  }
  /** Keeps what was read. It can be read again, so a full device is no matter here. */
  async keepView(v: View): Promise<void> {
    await (await this.get())?.put('views', JSON.parse(JSON.stringify(v)) as View).catch(() => {})
  }
  /** Forgets what was seen: the person signed out, or another signed in. Acts that wait stay. */
  async forget(): Promise<void> {
    await (await this.get())?.clear('views')
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
