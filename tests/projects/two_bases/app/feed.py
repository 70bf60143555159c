from sqlalchemy import text


def followers(connection, user_id):
    return connection.scalars(text("SELECT follower_id FROM follows WHERE user_id = :user"), {"user": user_id})


def places(connection):
    return connection.scalars(text("SELECT c.zip FROM customers c"))
