"""Training steps: a loss of the catalogue, the gradients of its parameters and an update rule as one function."""

import symnet as sn
from symnet.catalog.linear_models import logistic_regression
from symnet.catalog.networks import classifier, language_model, two_layer_network
from symnet.catalog.optimizers import adam, adamw, gradient_descent, momentum

two_layer_network_gradient_descent_step = sn.training_step(two_layer_network, gradient_descent)
logistic_regression_momentum_step = sn.training_step(logistic_regression, momentum)
classifier_adam_step = sn.training_step(classifier, adam)
language_model_adamw_step = sn.training_step(language_model, adamw)
