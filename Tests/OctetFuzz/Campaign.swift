import TestSupport

/// Which mutation has which number: the same seeds, seed and number give the same file.
struct Campaign {
    let seeds: Seeds
    let seed: UInt64

    func mutation(_ number: Int) throws -> (bytes: [UInt8], origin: String) {
        var random = SplitMix64(state: seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(number))
        let choice = try seeds[Int(random.next() % UInt64(seeds.paths.count))]
        let donor = try seeds[Int(random.next() % UInt64(seeds.paths.count))]
        var mutator = Mutator(choice, donor: donor, random: random)
        return (mutator.mutated(), choice.path)
    }
}
