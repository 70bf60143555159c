from app.models import Customer


def customer():
    return Customer(first_name="Ann", zip_code="90001")
