// Placeholder until the first concept of this target lands.
