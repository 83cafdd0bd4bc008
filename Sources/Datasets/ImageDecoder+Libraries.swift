#if !canImport(ImageIO)
    internal import CCodecs
    internal import TensorCore

    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    extension ImageDecoder {
        static func decodeJPEG(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Image {
            var picture = octet_picture()
            let bytes = bytes.assumingMemoryBound(to: UInt8.self)
            let status = octet_jpeg_decode(bytes.baseAddress, bytes.count, mostPixels, &picture)
            return try image(picture, status: status, path: path, format: "JPEG", package: "libturbojpeg0")
        }

        static func decodePNG(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Image {
            var picture = octet_picture()
            let bytes = bytes.assumingMemoryBound(to: UInt8.self)
            let status = octet_png_decode(bytes.baseAddress, bytes.count, mostPixels, &picture)
            return try image(picture, status: status, path: path, format: "PNG", package: "libpng16-16")
        }

        private static func image(
            _ picture: octet_picture, status: Int32, path: String, format: String, package: String
        ) throws -> Image {
            try Codec.check(
                status, message: Codec.text(picture.message), file: path, format: format, package: package)
            defer { free(picture.pixels) }
            let (width, height) = (Int(picture.width), Int(picture.height))
            let bytes = UnsafeBufferPointer(start: picture.pixels, count: width * height * 3)
            return Image(width: width, height: height, channels: 3, pixels: Array(bytes))
        }
    }
#endif
