import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

// A vehicle's terminal of JT/T 808-2013, as far as the walks need one: it registers,
// authenticates and says where it is. It waits for every answer.

const door = process.env.FENGSUI_JT808 ?? '127.0.0.1:8808'

const word = (...list: number[]) => Buffer.from(list.flatMap((n) => [n >> 8, n & 0xff]))
const long = (...list: number[]) => Buffer.concat(list.map((n) => word((n >>> 16) & 0xffff, n & 0xffff)))
const padded = (text: string, bytes: number) => Buffer.concat([Buffer.from(text), Buffer.alloc(bytes)]).subarray(0, bytes)
const bcd = (digits: string) => Buffer.from(digits, 'hex')

interface Answer {
  to: number
  result: number
  text: string
}

/** Where a terminal says that it is: degrees of WGS-84, km/h, degrees from north. */
export interface Fix {
  lon: number
  lat: number
  speed: number
  course: number
  /** The alarm word of message 0x0200; absent: nothing is wrong. */
  alarm?: number
}

export class Terminal {
  private serial = 0
  private rest = Buffer.alloc(0)
  private answers: Answer[] = []
  private constructor(
    private readonly socket: Socket,
    /** As the registry knows it: digits, no leading zero. */
    readonly number: string,
  ) {
    socket.on('data', (b) => this.hear(b))
  }

  /** Connects, registers and authenticates. */
  static async on(number: string, plate: string): Promise<Terminal> {
    const [host, port] = door.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    const t = new Terminal(socket, number)
    const { text } = await t.send(0x0100, Buffer.concat([word(12, 116), padded('E2E', 5), padded('E2E-808', 20), padded(number.slice(-7), 7), Buffer.from([2]), Buffer.from(plate)]))
    await t.send(0x0102, Buffer.from(text))
    return t
  }

  /** Says where it is; done when the platform has kept it. */
  async report(f: Fix): Promise<void> {
    const civil = new Date(Date.now() + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(2, 14)
    await this.send(0x0200, Buffer.concat([long(f.alarm ?? 0, 3, Math.round(f.lat * 1e6), Math.round(f.lon * 1e6)), word(5, Math.round(f.speed * 10), Math.round(f.course)), bcd(civil)]))
  }

  /** Drives east from a place at a speed and reports every second, until stopped. */
  drive(from: { lon: number; lat: number }, speed: number): { stop: () => Promise<void> } {
    let going = true
    const began = Date.now()
    const all = (async () => {
      while (going) {
        const way = (speed / 3.6) * ((Date.now() - began) / 1000) // m
        await this.report({ lon: from.lon + way / 86_600, lat: from.lat, speed, course: 90 }) // a degree at 39 north
        await new Promise((done) => setTimeout(done, 1000))
      }
    })()
    return {
      stop: async () => {
        going = false
        await all
        this.socket.destroy()
      },
    }
  }

  close(): void {
    this.socket.destroy()
  }

  private async send(id: number, body: Buffer): Promise<Answer> {
    const serial = this.serial++
    const bare = Buffer.concat([word(id, body.length), bcd(this.number.padStart(12, '0')), word(serial), body])
    const sum = bare.reduce((a, b) => a ^ b, 0)
    const escaped = [...bare, sum].flatMap((b) => (b === 0x7e ? [0x7d, 2] : b === 0x7d ? [0x7d, 1] : [b]))
    this.socket.write(Buffer.from([0x7e, ...escaped, 0x7e]))
    const until = Date.now() + 20_000
    for (;;) {
      const at = this.answers.findIndex((a) => a.to === serial)
      if (at >= 0) {
        const [a] = this.answers.splice(at, 1)
        if (a!.result !== 0) throw new Error(`terminal ${this.number}: message ${id.toString(16)} was refused with ${a!.result}`)
        return a!
      }
      if (Date.now() > until || this.socket.destroyed) throw new Error(`terminal ${this.number}: message ${id.toString(16)} was not answered`)
      await new Promise((done) => setTimeout(done, 20))
    }
  }

  private hear(b: Buffer): void {
    this.rest = Buffer.concat([this.rest, b])
    for (;;) {
      const first = this.rest.indexOf(0x7e)
      const last = this.rest.indexOf(0x7e, first + 1)
      if (first < 0 || last < 0) return
      const raw = [...this.rest.subarray(first + 1, last)]
      this.rest = this.rest.subarray(last + 1)
      const plain: number[] = []
      for (let i = 0; i < raw.length; i++) plain.push(raw[i] === 0x7d ? (raw[++i] === 2 ? 0x7e : 0x7d) : raw[i]!)
      const m = Buffer.from(plain)
      const body = m.subarray(12, -1)
      const id = m.readUInt16BE(0)
      if (id === 0x8100) this.answers.push({ to: body.readUInt16BE(0), result: body[2]!, text: body.subarray(3).toString() })
      if (id === 0x8001) this.answers.push({ to: body.readUInt16BE(0), result: body[4]!, text: '' })
    }
  }
}
