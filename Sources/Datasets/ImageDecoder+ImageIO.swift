#if canImport(ImageIO)
    internal import CoreGraphics
    internal import Foundation
    internal import ImageIO
    internal import TensorCore

    extension ImageDecoder {
        static func decodeJPEG(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Image {
            try decodeImageIO(bytes, path: path)
        }

        static func decodePNG(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Image {
            try decodeImageIO(bytes, path: path)
        }

        private static func decodeImageIO(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Image {
            let data = Data(bytes)
            guard let source = CGImageSourceCreateWithData(data as CFData, nil),
                let picture = CGImageSourceCreateImageAtIndex(source, 0, nil),
                CGImageSourceGetStatusAtIndex(source, 0) == .statusComplete
            else {
                throw OctetError(.invalidData, "cannot be decoded: the picture is damaged", file: path)
            }
            let (width, height) = (picture.width, picture.height)
            guard width > 0, height > 0, width <= mostPixels / height else {
                throw OctetError(.resourceLimit, "has too many pixels: \(width) x \(height)", file: path)
            }
            let space = picture.colorSpace?.model == .rgb ? picture.colorSpace : CGColorSpace(name: CGColorSpace.sRGB)
            var canvas = [UInt8](repeating: 0, count: width * height * 4)
            let drawn = canvas.withUnsafeMutableBytes { bytes -> Bool in
                guard let space,
                    let context = CGContext(
                        data: bytes.baseAddress, width: width, height: height, bitsPerComponent: 8,
                        bytesPerRow: width * 4, space: space, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
                else { return false }
                context.draw(picture, in: CGRect(x: 0, y: 0, width: width, height: height))
                return true
            }
            guard drawn else {
                throw OctetError(.invalidData, "cannot be drawn: its colour space is unknown", file: path)
            }
            let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
                for pixel in 0..<width * height {
                    for channel in 0..<3 { target[3 * pixel + channel] = canvas[4 * pixel + channel] }
                }
                count = width * height * 3
            }
            return Image(width: width, height: height, channels: 3, pixels: pixels)
        }
    }
#endif
