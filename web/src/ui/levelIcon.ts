import type { Level } from '@/api/types'

// The marks of LevelMark as pictures for the map, which draws on a canvas: the same
// shape, colour and character.

const scale = 2

/** k times as large as on a desk: the wall is read from afar. */
function canvas(width: number, height: number, k = 1): CanvasRenderingContext2D {
  const c = document.createElement('canvas')
  c.width = Math.ceil(width * scale * k)
  c.height = Math.ceil(height * scale * k)
  const pen = c.getContext('2d')!
  pen.scale(scale * k, scale * k)
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  return pen
}
const picture = (pen: CanvasRenderingContext2D) => ({ image: pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height), pixelRatio: scale })

export function levelIcon(level: Exclude<Level, 'none'>, mark: string, colour: (name: string) => string, k = 1) {
  const pen = canvas(28, 28, k)
  pen.fillStyle = colour(level)
  pen.strokeStyle = colour(`${level}-edge`)
  pen.lineWidth = level === 'yellow' ? 2 : 1.5
  pen.lineJoin = 'round'
  pen.beginPath()
  if (level === 'red') pen.roundRect(3, 3, 22, 22, 1.5)
  else if (level === 'orange') polygon(pen, [[14, 1.5], [27, 25.5], [1, 25.5]])
  else if (level === 'yellow') polygon(pen, [[14, 1.5], [26.5, 14], [14, 26.5], [1.5, 14]])
  else pen.arc(14, 14, 12, 0, 2 * Math.PI)
  pen.fill()
  pen.stroke()
  pen.fillStyle = colour(`${level}-on`)
  pen.font = `700 12px ${colour('font')}`
  pen.fillText(mark, 14, level === 'orange' ? 19 : 14.5)
  return picture(pen)
}

/** An enterprise without a warning: a small house, in no level's colour. */
export function firmIcon(colour: (name: string) => string) {
  const pen = canvas(16, 16)
  pen.fillStyle = colour('surface')
  pen.strokeStyle = colour('text')
  pen.lineWidth = 1.5
  pen.beginPath()
  polygon(pen, [[2, 14], [2, 7], [8, 2], [14, 7], [14, 14]])
  pen.fill()
  pen.stroke()
  return picture(pen)
}

/** Several enterprises at one place: their number, and the gravest level among them as shape and colour. */
export function clusterIcon(level: Level, mark: string, count: number, colour: (name: string) => string, k = 1) {
  const text = String(count)
  const width = 34 + 9 * text.length
  const pen = canvas(width, 30, k)
  pen.fillStyle = colour('surface')
  pen.strokeStyle = colour('text')
  pen.lineWidth = 1.5
  pen.beginPath()
  pen.roundRect(1, 1, width - 2, 28, 14)
  pen.fill()
  pen.stroke()
  if (level === 'none') {
    pen.lineWidth = 1.5
    pen.beginPath()
    polygon(pen, [[8, 21], [8, 14], [14, 9], [20, 14], [20, 21]])
    pen.stroke()
  } else {
    const c = document.createElement('canvas')
    const { image } = levelIcon(level, mark, colour, k)
    c.width = image.width
    c.height = image.height
    c.getContext('2d')!.putImageData(image, 0, 0)
    pen.drawImage(c, 4, 4, 22, 22)
  }
  pen.fillStyle = colour('text')
  pen.font = `600 14px ${colour('font')}`
  pen.textAlign = 'left'
  pen.fillText(text, 28, 15.5)
  return picture(pen)
}

/** A tank, unit or area whose values are fine. */
export function assetIcon(colour: (name: string) => string) {
  const pen = canvas(14, 14)
  pen.fillStyle = colour('surface')
  pen.strokeStyle = colour('muted')
  pen.lineWidth = 1.5
  pen.beginPath()
  pen.roundRect(2, 2, 10, 10, 3)
  pen.fill()
  pen.stroke()
  return picture(pen)
}

/** Something here is out of use with leave: a hatched square with a dashed rim, at the corner of a mark. */
export function outageIcon(colour: (name: string) => string, k = 1) {
  const pen = canvas(16, 16, k)
  pen.fillStyle = colour('surface')
  pen.strokeStyle = colour('text')
  pen.fillRect(2, 2, 12, 12)
  pen.save()
  pen.beginPath()
  pen.rect(2, 2, 12, 12)
  pen.clip()
  pen.lineWidth = 1.2
  pen.beginPath()
  for (let x = -12; x <= 12; x += 4) {
    pen.moveTo(2 + x, 14)
    pen.lineTo(14 + x, 2)
  }
  pen.stroke()
  pen.restore()
  pen.lineWidth = 1.5
  pen.setLineDash([2.5, 1.5])
  pen.strokeRect(2, 2, 12, 12)
  return picture(pen)
}

/** A vehicle without a warning: an arrowhead to the north, turned by its heading. */
export function vehicleIcon(colour: (name: string) => string) {
  const pen = canvas(18, 18)
  pen.fillStyle = colour('text')
  pen.strokeStyle = colour('surface')
  pen.lineWidth = 1.5
  pen.lineJoin = 'round'
  pen.beginPath()
  polygon(pen, [[9, 1.5], [15, 16], [9, 12.5], [3, 16]])
  pen.fill()
  pen.stroke()
  return picture(pen)
}

/** A name on the map, with a rim so that lines do not run through it. */
export function nameIcon(text: string, colour: (name: string) => string, k = 1) {
  const font = `500 13px ${colour('font')}`
  const ruler = canvas(1, 1)
  ruler.font = font
  const width = Math.ceil(ruler.measureText(text).width) + 8
  const pen = canvas(width, 20, k)
  pen.font = font
  pen.lineWidth = 4
  pen.lineJoin = 'round'
  pen.strokeStyle = colour('surface')
  pen.fillStyle = colour('muted')
  const x = width / 2
  pen.strokeText(text, x, 10)
  pen.fillText(text, x, 10)
  return picture(pen)
}

function polygon(pen: CanvasRenderingContext2D, corners: [number, number][]) {
  corners.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)))
  pen.closePath()
}
