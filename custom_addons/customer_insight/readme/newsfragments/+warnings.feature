Warnings: customers who may be leaving come onto the list *Today*, with reasons in points, the amount at stake and one-click actions; what became of them is counted.
