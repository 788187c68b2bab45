. tests/cli/_fixture.sh
for text in tests/fixtures/broken/*.txt; do
	fixture "broken/$(basename "$text" .txt)"
done
