from tradingstack_contract.paths import credential_file


def test_a_credential_is_a_directory_of_files():
    path = credential_file("cache-ingestor", "password")
    assert path == "/var/run/tradingstack/credentials/cache-ingestor/password"
