import Foundation
import Octet

let folder = Bundle.module.bundlePath + "/Resources/"
let pixels = Preprocessing(scale: .divisor(240), mean: [0.3125])

let session = try Model(path: folder + "digits_cnn.int8.onnx").session()
let picture = try session.inputs(from: folder + "digit.png", preprocessing: pixels)
if let digit = try session.run(picture)["scores"]?.largestIndex {
    print("This is a \(digit).")
}
