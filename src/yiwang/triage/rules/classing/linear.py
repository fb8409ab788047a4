"""Linear models 线性模型: two ways to find the same kind of weights, by the number of cases.

Up to some thousands of cases, ridge regression solved over pairs of cases: exact, the fastest, and on the
measured data the best. Beyond, one linear support vector machine a class, whose cost grows with the cases.
"""

from __future__ import annotations

import warnings

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from .features import Columns, Floats

#: How strongly weights are kept small; measured by `tools/bench/classing.py`.
PENALTY = 0.1
_COST, _SEED = 5.0, 20260301
#: Score of a class without a case: never chosen.
_NEVER = -10.0


def fit_ridge(features: sp.csr_matrix, truth: Columns, classes: int) -> tuple[Floats, Floats]:
    """Weights and offsets by ridge regression.

    Args:
        features: shape (cases, features); truth: class of each case.
    """
    targets = np.full((len(truth), classes), -1.0 / max(1, classes - 1))
    targets[np.arange(len(truth)), truth] = 1.0
    pairs = (features @ features.T).toarray().astype(np.float64)
    parts = scipy.linalg.solve(pairs + PENALTY * np.eye(len(pairs)), targets, assume_a="pos")
    offsets = np.where(np.bincount(truth, minlength=classes) > 0, 0.0, _NEVER).astype(np.float32)
    return (features.T @ parts).astype(np.float32), offsets


def fit_separators(features: sp.csr_matrix, truth: Columns, classes: int) -> tuple[Floats, Floats]:
    """The same by linear support vector machines, a class against the rest each."""
    weights = np.zeros((features.shape[1], classes), np.float32)
    offsets = np.full(classes, _NEVER, np.float32)
    for number in range(classes):
        mine = truth == number
        if mine.all():
            offsets[number] = 1.0
        elif mine.any():
            solver = LinearSVC(C=_COST, random_state=_SEED, tol=1e-3, max_iter=300)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                solver.fit(features, mine)
            weights[:, number], offsets[number] = solver.coef_[0], solver.intercept_[0]
    return weights, offsets
