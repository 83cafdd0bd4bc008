import Octet

extension Quantize {
    /// What this quantization was told, defaults written out: the same words give the same network.
    var usedRecipe: Recipe {
        var entries: [Recipe.Entry] = []
        func add(_ key: String, _ values: [String]) {
            if !values.isEmpty { entries.append(Recipe.Entry(key: key, values: values, line: 0)) }
        }
        func add(_ key: String, _ value: String?) { add(key, value.map { [$0] } ?? []) }
        let isStatic = method.resolved == .static
        let flags = quantization
        add("method", method.resolved.rawValue)
        add("calibration", method.calibration)
        add("samples", flags.samples.map(String.init))
        if isStatic {
            add("calibrator", flags.calibrator)
            if flags.calibrator == PercentileRange.name { add("percentile", "\(flags.percentile)") }
            add("activations", flags.activations.type.rawValue)
        }
        if method.resolved != .float16 {
            add("weights", flags.weights.type.rawValue)
            add("granularity", flags.granularity.granularity.rawValue)
            if isStatic { add("symmetric-activations", "\(flags.symmetricActivations)") }
            add("asymmetric-weights", "\(flags.asymmetricWeights)")
            add("reduce-range", "\(flags.reduceRange)")
        }
        if isStatic { add("dispatch", flags.dispatch.dispatcher.name) }
        add("exclude", flags.excluded)
        if isStatic {
            add("equalize", flags.equalize.choice.rawValue)
            add("bias-correction", flags.biasCorrection.choice.rawValue)
            add("weight-rounding", flags.weightRounding.choice.rawValue)
        }
        if isStatic {
            add("format", flags.format.rawValue)
            add("layer-results", flags.usedResults.rawValue)
        }
        add(
            "input-shape",
            execution.inputShapes.sorted { $0.key < $1.key }.map { name, extents in
                "\(name)=" + extents.map(String.init).joined(separator: ",")
            })
        add("preprocessing", PreprocessingSteps(preprocessing.result).list.map { "\($0.key)=\($0.value)" })
        return Recipe(entries: entries)
    }

    /// The recipe as the model carries it: without where the data lay and how many were taken, so that the same samples
    /// give the same file wherever they are.
    var carriedRecipe: Recipe {
        Recipe(entries: usedRecipe.entries.filter { $0.key != "calibration" && $0.key != "samples" })
    }
}
