// Renders the templates of an ExternalSecret as External Secrets does: Go's templates with the
// functions of sprig, and an error for a value that is not there.
//
// It reads {"templates": {name: text}, "values": {name: value}} and writes {name: rendered text}.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

func main() {
	var input struct {
		Templates map[string]string
		Values    map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		log.Fatal(err)
	}
	rendered := map[string]string{}
	for name, text := range input.Templates {
		parsed, err := template.New(name).Option("missingkey=error").Funcs(sprig.TxtFuncMap()).Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		var out strings.Builder
		if err := parsed.Execute(&out, input.Values); err != nil {
			log.Fatal(err)
		}
		rendered[name] = out.String()
	}
	if err := json.NewEncoder(os.Stdout).Encode(rendered); err != nil {
		log.Fatal(err)
	}
}
