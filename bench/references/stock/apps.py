from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "bench.references.stock"
    label = "stock"
