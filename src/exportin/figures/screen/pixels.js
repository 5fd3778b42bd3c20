// A picture of few colors as a PNG in a data address: exact pixels, on every browser the same.
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const BLOCK = 65535; // longest stored block of a deflate stream
const TABLE = Uint32Array.from({length: 256}, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc(bytes) {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i += 1) c = TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function big(value) {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function chunk(name, body) {
  const tagged = new Uint8Array(4 + body.length);
  tagged.set([...name].map((c) => c.charCodeAt(0)));
  tagged.set(body, 4);
  return [...[big(body.length)].map((v) => Uint8Array.from(v)), tagged, Uint8Array.from(big(crc(tagged)))];
}

function stored(data) {
  const count = Math.max(Math.ceil(data.length / BLOCK), 1);
  const out = new Uint8Array(2 + 5 * count + data.length + 4);
  out.set([0x78, 0x01]);
  let place = 2, a = 1, b = 0;
  for (let i = 0; i < count; i += 1) {
    const part = data.subarray(i * BLOCK, (i + 1) * BLOCK), n = part.length;
    out.set([i === count - 1 ? 1 : 0, n & 255, n >>> 8, ~n & 255, (~n >>> 8) & 255], place);
    out.set(part, place + 5);
    place += 5 + n;
  }
  for (let i = 0; i < data.length; i += 1) {
    a = (a + data[i]) % 65521;
    b = (b + a) % 65521;
  }
  out.set(big(((b << 16) | a) >>> 0), place);
  return out;
}

// Address of a picture: levels of 0 to 254, 255 is empty; palette has 256 colors of 3 bytes.
export function pngAddress(levels, width, height, palette) {
  const rows = new Uint8Array((width + 1) * height);
  for (let r = 0; r < height; r += 1) {
    rows.set(levels.subarray(r * width, (r + 1) * width), r * (width + 1) + 1);
  }
  const clear = new Uint8Array(256).fill(255);
  clear[255] = 0;
  const parts = [
    Uint8Array.from(SIGNATURE),
    ...chunk("IHDR", Uint8Array.from([...big(width), ...big(height), 8, 3, 0, 0, 0])),
    ...chunk("PLTE", palette),
    ...chunk("tRNS", clear),
    ...chunk("IDAT", stored(rows)),
    ...chunk("IEND", new Uint8Array(0)),
  ];
  let text = "";
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 8192) {
      text += String.fromCharCode(...part.subarray(i, i + 8192));
    }
  }
  return `data:image/png;base64,${btoa(text)}`;
}
