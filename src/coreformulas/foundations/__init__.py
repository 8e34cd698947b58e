"""What all three families stand on: Jensen, Gibbs, log-sum-exp. Derivations only, no JAX."""
