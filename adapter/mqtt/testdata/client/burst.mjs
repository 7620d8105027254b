// Publishes one sample a message by MQTT 5, QoS 1 and QoS 2 in turn, many in flight,
// and prints the number of each message once it is acknowledged. It ends when its
// standard input does and everything is acknowledged.
//
//   node burst.mjs URL USER PASSWORD CA-FILE TOPIC CODE BASE STEP
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'

const [url, username, password, ca, topic, code, base, step] = process.argv.slice(2)
const client = mqtt.connect(url, {
  protocolVersion: 5, username, password, ca: readFileSync(ca), clientId: 'burst', clean: false,
  properties: { sessionExpiryInterval: 300, receiveMaximum: 20 }, reconnectPeriod: 100, connectTimeout: 2000,
})
client.on('error', () => {}) // it connects again by itself

let more = true
process.stdin.on('end', () => { more = false }).resume()

let n = 0
let inFlight = 0
const send = () => {
  while (more && client.connected && inFlight < 20) {
    const i = n++
    inFlight++
    const body = JSON.stringify({ samples: [{ code, at: Number(base) + i * Number(step), value: i % 10 }] })
    const again = () => client.publish(topic, body, { qos: 1 + (i % 2), properties: { contentType: 'application/json' } }, (err, ack) => {
      if (err || ack?.reasonCode >= 0x80) {
        setTimeout(again, 50) // not acknowledged: it is ours to send again
        return
      }
      inFlight--
      process.stdout.write(`${i}\n`)
    })
    again()
  }
  if (!more && inFlight === 0) {
    client.end(true, () => process.exit(0))
    return
  }
  setTimeout(send, 2)
}
send()
