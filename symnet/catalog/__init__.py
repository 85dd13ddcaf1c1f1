"""The catalogue: forward definitions with their sources, one file per family; everything else is derived."""

from __future__ import annotations

import importlib

#: family -> its operations, in the order of the documentation; cheap to import
FAMILIES: dict[str, tuple[str, ...]] = {
    "activations": (
        "sigmoid", "tanh", "step", "relu", "leaky_relu", "prelu", "elu", "selu", "softplus", "gelu", "gelu_tanh",
        "silu", "mish", "hard_sigmoid", "hard_tanh", "hard_swish", "softsign", "maxout", "softmax", "log_softmax",
    ),
    "losses": (
        "binary_cross_entropy", "binary_cross_entropy_of_probabilities", "softmax_cross_entropy",
        "softmax_cross_entropy_labels", "softmax_cross_entropy_soft", "label_smoothing", "focal", "hinge",
        "binary_hinge", "mean_squared_error", "mean_absolute_error", "huber", "gaussian_nll", "kl_divergence",
        "info_nce", "triplet", "cosine", "l1_penalty", "l2_penalty", "l2_penalty_half",
    ),
    "linear_models": (
        "least_squares", "linear_regression", "ridge_regression", "logistic_regression", "softmax_regression",
        "support_vector_machine", "perceptron",
    ),
    "layers": (
        "dense", "dense_transposed", "linear_classifier", "embedding", "dropout", "dropout_test", "inverted_dropout",
        "residual_block", "feed_forward", "glu", "swiglu",
    ),
    "normalization": (
        "centre", "standardize", "covariance", "whiten", "batch_norm", "batch_norm_images",
        "batch_norm_inference", "batch_norm_folded", "layer_norm", "rms_norm", "group_norm", "instance_norm",
    ),
    "convolution": (
        "conv1d", "causal_conv1d", "conv1d_strided", "conv1d_dilated", "conv1d_grouped", "conv2d", "conv2d_strided",
        "conv2d_padded", "conv2d_dilated", "conv2d_grouped", "conv2d_depthwise", "max_pool", "avg_pool",
        "global_avg_pool",
    ),
    "attention": ("attention", "masked_attention", "causal_attention", "multi_head_attention", "causal_self_attention"),
    "recurrent": ("rnn_cell", "lstm_cell", "gru_cell", "rnn", "lstm", "gru", "rnn_unrolled"),
    "transformer": ("transformer_block", "transformer"),
    "networks": (
        "computational_graph", "neuron", "two_layer_network", "classifier", "language_model", "mlp", "deep_network",
        "residual_network",
    ),
}  # fmt: skip

#: family -> its update rules and training steps, which have a step in the place of a gradient, and schedules
RULES: dict[str, tuple[str, ...]] = {
    "optimizers": (
        "gradient_descent", "momentum", "momentum_average", "momentum_velocity", "nesterov", "nesterov_shifted",
        "adagrad", "rmsprop", "rmsprop_inside", "adam", "adam_inside", "adam_uncorrected", "adamw", "lion", "lars",
        "lamb", "adafactor", "rprop", "weighted_average", "weighted_average_corrected", "running_statistics",
        "clip_by_norm", "triangular_rate", "cosine_rate",
    ),
    "training": (
        "two_layer_network_gradient_descent_step", "logistic_regression_momentum_step", "classifier_adam_step",
        "language_model_adamw_step",
    ),
}  # fmt: skip


def load(name: str):
    """The operation or update rule of that name; raises KeyError where the catalogue has none."""
    for family, names in (*FAMILIES.items(), *RULES.items()):
        if name in names:
            return getattr(importlib.import_module(f"symnet.catalog.{family}"), name)
    raise KeyError(name)
