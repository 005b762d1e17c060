// Draco, C++ by Emscripten with embind-like glue: decodes the mesh that comes with it, and encodes it again.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import draco3d from 'draco3d'

const digest = (view) => createHash('sha256').update(view).digest('hex')
const decoding = await draco3d.createDecoderModule({})
const file = readFileSync(fileURLToPath(import.meta.resolve('draco3d/bunny.drc')))
const buffer = new decoding.DecoderBuffer()
buffer.Init(new Int8Array(file), file.length)
const decoder = new decoding.Decoder()
const mesh = new decoding.Mesh()
console.log(decoder.DecodeBufferToMesh(buffer, mesh).ok(), mesh.num_faces(), mesh.num_points())
const attribute = decoder.GetAttribute(mesh, decoder.GetAttributeId(mesh, decoding.POSITION))
const count = mesh.num_points() * 3
const at = decoding._malloc(count * 4)
decoder.GetAttributeDataArrayForAllPoints(mesh, attribute, decoding.DT_FLOAT32, count * 4, at)
const points = new Float32Array(decoding.HEAPF32.buffer, at, count).slice()
const faces = decoding._malloc(mesh.num_faces() * 12)
decoder.GetTrianglesUInt32Array(mesh, mesh.num_faces() * 12, faces)
const triangles = new Uint32Array(decoding.HEAPF32.buffer, faces, mesh.num_faces() * 3).slice()
console.log(digest(points), digest(triangles))

const encoding = await draco3d.createEncoderModule({})
const encoder = new encoding.Encoder()
const builder = new encoding.MeshBuilder()
const copy = new encoding.Mesh()
builder.AddFacesToMesh(copy, triangles.length / 3, triangles)
builder.AddFloatAttributeToMesh(copy, encoding.POSITION, points.length / 3, 3, points)
encoder.SetAttributeQuantization(encoding.POSITION, 12)
const out = new encoding.DracoInt8Array()
const length = encoder.EncodeMeshToDracoBuffer(copy, out)
console.log(length, digest(Int8Array.from({ length }, (_, i) => out.GetValue(i))))
