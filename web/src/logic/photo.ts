/** What a photo may weigh after shrinking (console-ux §3.10). */
export const most = 1_000_000

/** The size to draw a picture at so that its long side fits, never larger than it is. */
export function fit(width: number, height: number, long: number): { width: number; height: number } {
  const k = Math.min(1, long / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * k)), height: Math.max(1, Math.round(height * k)) }
}

/** Sizes and qualities to try in turn until a picture is light enough. */
export const steps: readonly { long: number; quality: number }[] = [
  { long: 1920, quality: 0.82 },
  { long: 1920, quality: 0.6 },
  { long: 1280, quality: 0.7 },
  { long: 1280, quality: 0.5 },
  { long: 800, quality: 0.5 },
  { long: 480, quality: 0.4 },
]

/** Whether a file is another moment's than the one at which it was added: out of an album, say. */
export const older = (file: number, added: number) => Math.abs(added - file) > 60_000

/**
 * Shrinks a photo to at most 1 MB as JPEG, with a line of text (its time)
 * in its lower edge. What is no picture passes as it is.
 */
export async function shrink(file: File, line: string): Promise<File> {
  if (!file.type.startsWith('image/')) return file
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  try {
    let blob: Blob | null = null
    for (const s of steps) {
      blob = await draw(picture, s.long, s.quality, line)
      if (blob && blob.size <= most) break
    }
    if (!blob) return file
    return new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg', lastModified: file.lastModified })
  } finally {
    picture.close()
  }
}

function draw(picture: ImageBitmap, long: number, quality: number, line: string): Promise<Blob | null> {
  const { width, height } = fit(picture.width, picture.height, long)
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (!pen) return Promise.resolve(null)
  pen.drawImage(picture, 0, 0, width, height)
  const size = Math.max(10, Math.round(width / 40))
  pen.font = `${size}px sans-serif`
  pen.fillStyle = 'rgba(0,0,0,.6)'
  pen.fillRect(0, height - size * 1.8, width, size * 1.8)
  pen.fillStyle = '#fff'
  pen.textBaseline = 'middle'
  pen.fillText(line, size * 0.6, height - size * 0.9, width - size * 1.2)
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality))
}
