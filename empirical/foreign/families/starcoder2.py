"""StarCoder2: LayerNorm, separate projections with biases, half-split pairs, grouped keys."""

from empirical.foreign.families.family import Family, layer_norm

FAMILY = Family(
    model_type="starcoder2",
    model_class="Starcoder2ForCausalLM",
    normalise=layer_norm,
    window=lambda config, _: config.sliding_window,
)
