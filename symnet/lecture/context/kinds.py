"""What functions make of arrays: a number, a column, an array of the same shape."""

from __future__ import annotations

#: functions of a vector or matrix with a scalar value
SCALAR_VALUED = frozenset(("tr", "trace", "Tr", "det", "max", "min", "sum", "mean", "logsumexp", "LSE"))

#: functions that act on each entry, or keep the shape
VECTOR_VALUED = frozenset(("softmax", "SoftMax", "Softmax", "LogSoftmax", "log_softmax"))

#: the sums of the rows, or of the columns, as a column -> the axis of the matrix that is left
COLUMN_VALUED = {"rowsum": 0, "colsum": 1}

#: the matrix with a vector on its diagonal, and the vector on the diagonal of a matrix
DIAGONAL = frozenset(("diag", "Diag"))

#: functions of square matrices
OF_SQUARES = frozenset(("tr", "trace", "Tr", "det"))
