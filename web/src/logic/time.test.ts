import { describe, expect, it } from 'vitest'
import { age, clock, dateTime, duration, fromLocal, narrow, span, toLocal } from './time'

describe('civil time', () => {
  it('is Asia/Shanghai whatever the zone of the machine', () => {
    expect(dateTime(Date.UTC(2022, 6, 1, 0, 5, 9))).toBe('2022-07-01 08:05:09')
    expect(dateTime(Date.UTC(2021, 11, 31, 16, 0, 0))).toBe('2022-01-01 00:00:00')
  })
  it('goes through a field and back', () => {
    const ms = Date.UTC(2022, 6, 1, 0, 5)
    expect(toLocal(ms)).toBe('2022-07-01 08:05')
    expect(fromLocal(toLocal(ms))).toBe(ms)
    expect(fromLocal('2022-07-01T08:05:09')).toBe(ms + 9000)
    expect(fromLocal('2022-7-1')).toBe(Date.UTC(2022, 5, 30, 16))
  })
  it.each(['', '2022-02-30', '2022-13-01', '2022-07-01 24:00', '2022-07-01 08:60', '1.7.2022'])('takes %j for none', (text) => {
    expect(fromLocal(text)).toBeUndefined()
  })
})

describe('clock', () => {
  it.each([
    [0, '00:00'],
    [-5000, '00:00'],
    [59_999, '00:59'],
    [271_000, '04:31'],
    [3_600_000, '1:00:00'],
    [3_871_000, '1:04:31'],
    [86_400_000 * 2 + 3_871_000, '2 天 01:04:31'],
  ])('%d ms reads %s', (ms, want) => expect(clock(ms)).toBe(want))
})

describe('span and age', () => {
  it.each([
    [30 * 60_000, 30, 'minute'],
    [3_600_000, 1, 'hour'],
    [90 * 60_000, 90, 'minute'],
    [24 * 3_600_000, 24, 'hour'],
    [72 * 3_600_000, 3, 'day'],
    [90_000, 90, 'second'],
  ])('span of %d', (ms, n, unit) => expect(span(ms)).toEqual({ n, unit }))
  it.each([
    [-1, 0, 'second'],
    [95_000, 1, 'minute'],
    [7_199_000, 1, 'hour'],
    [47 * 3_600_000, 47, 'hour'],
    [49 * 3_600_000, 2, 'day'],
  ])('age of %d', (ms, n, unit) => expect(age(ms)).toEqual({ n, unit }))
  it.each([
    ['30m0s', 1_800_000],
    ['1h0m0s', 3_600_000],
    ['250ms', 250],
    ['0s', 0],
    ['', 0],
  ])('duration %s', (text, ms) => expect(duration(text)).toBe(ms))
})

describe('the server clock', () => {
  // A server 90.25 s ahead answers in 20 ms each way; its Date is whole seconds.
  const answer = (at: number) => {
    const server = at + 20 + 90_250
    return [Math.floor(server / 1000) * 1000, at, at + 40] as const
  }
  it('is narrowed by every answer to within the round trip', () => {
    let o = narrow(undefined, ...answer(1000))
    for (let at = 1137; at < 60_000; at += 137) o = narrow(o, ...answer(at))
    expect(o.low).toBeLessThanOrEqual(90_250)
    expect(o.high).toBeGreaterThanOrEqual(90_250)
    expect(o.high - o.low).toBeLessThan(200)
  })
  it('starts anew when a clock was set', () => {
    const o = narrow({ low: 0, high: 100 }, 500_000, 1000, 1040)
    expect(o).toEqual({ low: 498_960, high: 500_000 })
  })
})
