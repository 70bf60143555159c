MUTATIONS: dict = {}
