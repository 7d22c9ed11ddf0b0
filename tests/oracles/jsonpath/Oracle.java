import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;

/** Answers lines {"path": ..., "data": ...} with {"value": ...}, {"refused": why} or {"fails": why}. */
public class Oracle {
    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        Configuration options =
            Configuration.builder().jsonProvider(new JacksonJsonNodeJsonProvider()).build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode asked = mapper.readTree(line);
            out.println(answer(asked.get("path").asText(), asked.get("data"), options, mapper));
        }
        out.flush();
    }

    static ObjectNode answer(String text, JsonNode data, Configuration options, ObjectMapper mapper) {
        ObjectNode answer = mapper.createObjectNode();
        JsonPath path;
        try {
            path = JsonPath.compile(text);
        } catch (RuntimeException refused) {
            return answer.put("refused", String.valueOf(refused.getMessage()));
        }
        try {
            Object found = path.read((Object) data, options);
            answer.set("value", mapper.valueToTree(found));
        } catch (InvalidPathException fails) {
            answer.put("fails", String.valueOf(fails.getMessage()));
        } catch (RuntimeException fails) {
            answer.put("fails", fails.getClass().getSimpleName());
        }
        return answer;
    }
}
