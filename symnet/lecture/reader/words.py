r"""Which letters typed side by side are one word: ``Loss``, ``ReLU``, ``dim``, but not ``Wx``.

A run of letters is a word when it is on a list, or looks like one: a capital and at least two small letters (``Swish``,
``BatchNorm``), or at least four small letters with a vowel and a consonant (``accuracy``).  ``dw``, ``dX`` are
one symbol.  Everything else is a product of letters: ``ABC``, ``xyz``, ``abc``.
"""

from __future__ import annotations

import re

#: functions that may stand without brackets: ``log p``
FUNCTIONS = frozenset(
    "log ln lg exp sin cos tan cot sec csc tg ctg sinh cosh tanh coth sech csch sh ch th cth arcsin arccos arctan "
    "arctg artanh arctanh arsinh arcsinh arcosh arccosh erf erfc det tr Tr trace rank diag sign sgn softmax sigmoid "
    "relu softplus logit logsumexp vec".split()
)
#: operators with a scope
BIG = {
    "sum": "sum",
    "prod": "prod",
    "max": "max",
    "min": "min",
    "argmax": "argmax",
    "argmin": "argmin",
    "sup": "sup",
    "inf": "inf",
    "lim": "lim",
    "int": "int",
}
#: words that ask for a shape
DIMENSIONS = frozenset("dim size shape".split())
MOMENTS = {
    "E": "E",
    "Var": "Var",
    "var": "Var",
    "D": "Var",
    "V": "Var",
    "Cov": "Cov",
    "cov": "Cov",
    "Std": "Std",
    "std": "Std",
}
GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi pi varpi "
    "rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi "
    "Psi Omega ell hbar imath jmath aleph Re Im".split()
)
#: words that lecturers type without markup, besides the functions and operators above
NAMES = frozenset(
    "Loss loss Cost cost Err err Error error Acc acc Accuracy accuracy MSE MAE RMSE BCE CE NLL KL JS SSE RSS SVM SVD "
    "PCA ReLU relu LReLU LeakyReLU PReLU ELU GELU SELU SiLU Swish swish Mish SoftMax Softmax SoftPlus Softplus "
    "LogSumExp LSTM GRU RNN CNN MLP GAN VAE SGD Adam AdaGrad Adagrad RMSProp RMSprop BN LN Attention Concat concat "
    "MultiHead FFN Dropout dropout Bernoulli Uniform Normal Var var Cov cov Std std bias Bias mean median mode prob "
    "Prob param params State state const target label pred true false out in new old correct train test val valid "
    "batch act net hidden input output lr eps TP TN FP FN TPR FPR Precision Recall precision recall IoU IOU Dice "
    "FL PP PPL AUC ROC BLEU mAP MAP DCG NDCG IDCG FNR TNR PPV NPV SNR PSNR FID ELBO MAPE SMAPE WER CER AIC BIC TF IDF "
    "tf idf "
    "FLOPs logits one hot onehot Conv conv Pool pool pad stride kernel pos PE Re Im dist grad Grad Hess Jac".split()
)
#: words of sentences: between claims, and before conditions
TEXT = frozenset("if otherwise else for and or where when with then thus so otherwise, где если при для иначе".split())
_CAMEL = re.compile(r"(?:[A-Z][a-z]{2,})+[A-Z]{0,3}|[A-Z][a-z]{3,}")
_SMALL = re.compile(r"(?=.*[aeiouy])(?=.*[bcdfghjklmnpqrstvwxz])[a-z]{4,}")
_DIFFERENTIAL = re.compile(r"d[A-Za-z]")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]{2,}")


def is_word(run: str) -> bool:
    """Is this run of letters one name?"""
    if "_" in run:
        return True
    if len(run) < 2:
        return False
    return run in _LISTED or bool(_CAMEL.fullmatch(run) or (_SMALL.fullmatch(run) and not _in_alphabet(run)))


def looks_like_word(run: str) -> bool:
    """Three letters or more without gaps, vowels and consonants among them: a word, where a name is likely."""
    return re.fullmatch(r"(?=.*[aeiouy])(?=.*[bcdfghjklmnpqrstvwxz])[a-z]{3,}", run) is not None


_LISTED = FUNCTIONS | frozenset(BIG) | DIMENSIONS | NAMES
_PREFIX = re.compile(r"(dim|size)([A-Z])")


def _in_alphabet(run: str) -> bool:
    """Letters in alphabetical order, as in ``abcd``: enumerated, not spelled."""
    return all(ord(b) == ord(a) + 1 for a, b in zip(run, run[1:]))


def split_run(run: str) -> list[tuple[str, str]]:
    """The parts of a run of letters with their kinds: name, diff (``dw``), text or letter."""
    if run in TEXT:
        return [("text", run)]
    if is_word(run):
        return [("name", run)]
    if _CYRILLIC.fullmatch(run):
        return [("text", run)]
    if _DIFFERENTIAL.fullmatch(run):
        return [("diff", run)]
    prefix = _PREFIX.fullmatch(run)
    if prefix:
        return [("name", prefix[1]), ("letter", prefix[2])]
    return [("letter", c) for c in run]
