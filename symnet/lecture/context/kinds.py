"""What functions make of arrays: a number, a column, an array of the same shape."""

from __future__ import annotations

from symnet.lecture.context.refs import Ref

#: functions of a matrix and a number: the eigenvalue, or singular value, counted from the largest one
EIGENVALUE, SINGULAR_VALUE = Ref("eigenvalue"), Ref("singular value")

#: functions of symmetric matrices
EIGENVALUES = (Ref("\\lambda_{max}"), Ref("\\lambda_{min}"), EIGENVALUE)

#: functions of matrices that are computed from their eigenvalues or singular values
OF_SPECTRA = frozenset(
    [function.key for function in (*EIGENVALUES, SINGULAR_VALUE)]
    + ["\\sigma_{max}", "\\sigma_{min}", "rank", "rk", "cond"]
)

#: functions of a vector or matrix with a scalar value
SCALAR_VALUED = OF_SPECTRA | {"tr", "trace", "Tr", "det", "max", "min", "sum", "mean", "logsumexp", "LSE"}

#: functions that act on each entry, or keep the shape
VECTOR_VALUED = frozenset(("softmax", "SoftMax", "Softmax", "LogSoftmax", "log_softmax"))

#: the sums of the rows, or of the columns, as a column -> the axis of the matrix that is left
COLUMN_VALUED = {"rowsum": 0, "colsum": 1}

#: the matrix with a vector on its diagonal, and the vector on the diagonal of a matrix
DIAGONAL = frozenset(("diag", "Diag"))

#: functions of square matrices
OF_SQUARES = frozenset(("tr", "trace", "Tr", "det", "\\lambda_{max}", "\\lambda_{min}", "cond"))
