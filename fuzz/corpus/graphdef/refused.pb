
:
xPlaceholder*
shape:*
dtype0

w
VariableV2

yMulxw

c1Reluc2

c2Reluc1

eEluy